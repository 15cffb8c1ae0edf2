/** Return `next` with every part that equals the one in `old` replaced by it, so that what did not change is not drawn. */
export function shared<T>(old: T, next: T): T {
  if (Object.is(old, next)) return old
  if (Array.isArray(old) && Array.isArray(next)) return sharedArray(old, next) as T
  if (isRecord(old) && isRecord(next)) return sharedRecord(old, next) as T
  return next
}

function sharedArray(old: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const parts = next.map((part, i) => shared(old[i], part))
  return parts.length === old.length && parts.every((part, i) => Object.is(part, old[i])) ? old : parts
}

function sharedRecord(old: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(next)
  const parts = names.map(name => [name, shared(old[name], next[name])] as const)
  const same = names.length === Object.keys(old).length && parts.every(([name, part]) => Object.is(part, old[name]))
  return same ? old : Object.fromEntries(parts)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
