// Times for people, in UTC: `2017-10-12 14:30:05`.
import { type Maybe, UNKNOWN } from '@/calc/numbers'

export function instant(time: Maybe): string {
  return known(time) ? iso(time).slice(0, 19) : UNKNOWN
}

export function minute(time: Maybe): string {
  return known(time) ? iso(time).slice(0, 16) : UNKNOWN
}

export function clock(time: Maybe): string {
  return known(time) ? iso(time).slice(11, 19) : UNKNOWN
}

/** Without the year, where a column is narrow: `10-12 14:30`. */
export function brief(time: Maybe): string {
  return known(time) ? iso(time).slice(5, 16) : UNKNOWN
}

/** How long: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`, `4 d 03 h`. */
export function duration(seconds: Maybe): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return UNKNOWN
  if (Math.abs(seconds) < 10) return `${seconds.toFixed(1)} s`
  const s = Math.floor(seconds)
  if (s < 60) return `${s} s`
  if (s < 3_600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${two(Math.floor(s / 60) % 60)} min`
  return `${Math.floor(s / 86_400)} d ${two(Math.floor(s / 3_600) % 24)} h`
}

function known(time: Maybe): time is number {
  return typeof time === 'number' && Number.isFinite(time) && Math.abs(time) < 8.64e15
}

function iso(time: number): string {
  return new Date(time).toISOString().replace('T', ' ')
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
