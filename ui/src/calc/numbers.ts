// Numbers for people: thousands apart, digits of equal width, a real minus sign, and a dash for what is not known.
export const UNKNOWN = '–'

export type Maybe = number | null | undefined

const formats = new Map<string, Intl.NumberFormat>()

export function fixed(value: Maybe, digits: number): string {
  return written(value, digits, digits)
}

export function whole(value: Maybe): string {
  return written(value, 0, 0)
}

/** As many digits as it takes, up to `most`. */
export function short(value: Maybe, most: number): string {
  return written(value, 0, most)
}

export function money(value: Maybe): string {
  return fixed(value, 2)
}

/** With its sign, also where it is above zero. */
export function signed(value: Maybe, digits = 2): string {
  const text = fixed(value, digits)
  const positive = typeof value === 'number' && value > 0 && !isNothing(text)
  return positive ? `+${text}` : text
}

export function percent(share: Maybe, digits = 2): string {
  return typeof share === 'number' ? suffixed(fixed(share * 100, digits), '%') : UNKNOWN
}

/** A change too small for its digits gets one more; what is nothing even then has no sign. */
export function signedPercent(share: Maybe, digits = 2): string {
  if (typeof share !== 'number') return UNKNOWN
  const text = signed(share * 100, digits)
  const finer = isNothing(text) ? signed(share * 100, digits + 1) : text
  return suffixed(isNothing(finer) ? text : finer, '%')
}

/** A price whose tick is not known: two digits after the point, more where it is so small that two say little. */
export function price(value: Maybe): string {
  const size = Math.abs(value ?? 0)
  return short(value, size >= 10 || size === 0 ? 2 : Math.min(3 - Math.floor(Math.log10(size)), 12))
}

export function compact(value: Maybe): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return UNKNOWN
  const size = Math.abs(value)
  if (size >= 1e9) return suffixed(fixed(value / 1e9, 2), 'B')
  if (size >= 1e6) return suffixed(fixed(value / 1e6, 2), 'M')
  if (size >= 1e4) return suffixed(fixed(value / 1e3, 1), 'K')
  return short(value, size >= 100 ? 1 : 3)
}

/** Text such as a Decimal's, with its thousands apart and every digit that it has. */
export function exact(text: string): string {
  const found = /^(-?)(\d+)(\.\d+)?$/.exec(text)
  if (!found) return text
  const digits = (found[2] ?? '').replace(/\B(?=(\d{3})+$)/g, ',')
  return `${found[1] ? '−' : ''}${digits}${found[3] ?? ''}`
}

function written(value: Maybe, least: number, most: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  const text = format(least, most).format(value)
  return text.startsWith('-') ? negative(text.slice(1)) : text
}

function format(least: number, most: number): Intl.NumberFormat {
  const key = `${least}/${most}`
  let known = formats.get(key)
  if (!known) {
    known = new Intl.NumberFormat('en-US', { minimumFractionDigits: least, maximumFractionDigits: most })
    formats.set(key, known)
  }
  return known
}

/** What is nothing once rounded has no sign. */
function negative(digits: string): string {
  return isNothing(digits) ? digits : `−${digits}`
}

function isNothing(text: string): boolean {
  return !/[1-9]/.test(text)
}

function suffixed(text: string, unit: string): string {
  return text === UNKNOWN ? text : text + unit
}
