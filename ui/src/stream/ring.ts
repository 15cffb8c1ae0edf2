/** Return `old` and then `fresh`, without the oldest of what is more than `limit`; `old` itself where nothing is new. */
export function appended<T>(old: readonly T[], fresh: readonly T[], limit: number): readonly T[] {
  if (fresh.length === 0) return old
  const kept = Math.max(limit - fresh.length, 0)
  return [...(old.length > kept ? old.slice(old.length - kept) : old), ...fresh.slice(-limit)]
}

/**
 * Return `newer` with what `older` has before it. Only where the two overlap: otherwise something between them is
 * missing, and a hole must not look like history.
 */
export function joined<T>(
  older: readonly T[],
  newer: readonly T[],
  key: (item: T) => number,
  limit: number,
): readonly T[] {
  const first = newer[0]
  const last = older.at(-1)
  if (first === undefined || last === undefined || key(last) < key(first)) return newer
  const before = older.filter(item => key(item) < key(first))
  return appended(before, newer, limit)
}
