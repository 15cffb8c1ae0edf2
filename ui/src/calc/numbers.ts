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
  const positive = typeof value === 'number' && value > 0 && /[1-9]/.test(text)
  return positive ? `+${text}` : text
}

export function percent(share: Maybe, digits = 2): string {
  return typeof share === 'number' ? suffixed(fixed(share * 100, digits), '%') : UNKNOWN
}

export function signedPercent(share: Maybe, digits = 2): string {
  return typeof share === 'number' ? suffixed(signed(share * 100, digits), '%') : UNKNOWN
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
  return /[1-9]/.test(digits) ? `−${digits}` : digits
}

function suffixed(text: string, unit: string): string {
  return text === UNKNOWN ? text : text + unit
}
