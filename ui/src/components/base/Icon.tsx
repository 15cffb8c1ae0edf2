// One drawn set of icons, 16 by 16, in the colour of the text around them.
const PATHS = {
  signal: 'M2.5 10.5l3-4 2.5 2.5 5-6M10 3h3v3',
  order: 'M3.5 2.5h9v11h-9zM6 6h4M6 8.75h4M6 11.5h2',
  refusal: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5zM3.75 3.75l8.5 8.5',
  fill: 'M2.75 8.5l3.5 3.5 7-7.5',
  state: 'M8 1.75v5M4.4 3.9a5.5 5.5 0 1 0 7.2 0',
  command: 'M2.5 3.5h11v9h-11zM5 6.5L7 8 5 9.5M8.5 10H11',
  feed: 'M8 8.9a.9.9 0 1 0 0-1.8.9.9 0 0 0 0 1.8zM5.2 10.8a4 4 0 0 1 0-5.6M10.8 5.2a4 4 0 0 1 0 5.6M3.1 12.9a7 7 0 0 1 0-9.8M12.9 3.1a7 7 0 0 1 0 9.8',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M4.5 2.75v10.5L13 8z',
  flatten: 'M2.5 8h11M8 1.75v3.5M6 3.75l2 2 2-2M8 14.25v-3.5M6 12.25l2-2 2 2',
  stop: 'M3.5 3.5h9v9h-9z',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  done: 'M3 8.5l3.25 3.25L13 4.75',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3.05 3.05l1.06 1.06M11.9 11.9l1.05 1.05M3.05 12.95l1.06-1.06M11.9 4.1l1.05-1.05',
  moon: 'M13.5 9.75A6 6 0 0 1 6.25 2.5a6 6 0 1 0 7.25 7.25z',
  system: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  warn: 'M8 2.25L14.25 13.25H1.75zM8 6.5v3.25M8 11.4v.1',
  info: 'M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5zM8 7.25v4M8 4.9v.1',
  lost: 'M1.5 6a9.5 9.5 0 0 1 4.2-2.3M14.5 6A9.6 9.6 0 0 0 9 3.4M4 8.75a6 6 0 0 1 3-1.6M8 12.4v.1M2 2l12 12',
  up: 'M8 3.25L13 12H3z',
  down: 'M8 12.75L3 4h10z',
  newest: 'M3 3.5L8 8l-5 4.5M8.5 3.5v9M12 3.5v9',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  lock: 'M3.5 7h9v6.5h-9zM5.5 7V4.75a2.5 2.5 0 0 1 5 0V7',
} as const

export type IconName = keyof typeof PATHS

const SOLID = new Set<IconName>(['up', 'down', 'play', 'stop'])

interface Props {
  name: IconName
  size?: number
  className?: string
}

const STROKE = { strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round' } as const

export function Icon({ name, size = 16, className }: Props) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={className}
      fill={SOLID.has(name) ? 'currentColor' : 'none'}
      stroke="currentColor"
      {...STROKE}
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The same as a mask, for rows of lists that slide: a browser counts every svg in them as a shift of the layout. */
export function Glyph({ name, size = 16, className = '' }: Props) {
  return (
    <span
      aria-hidden="true"
      className={`inline-block bg-current ${className}`}
      style={{ width: size, height: size, maskImage: maskOf(name) }}
    />
  )
}

function maskOf(name: IconName): string {
  const fill = SOLID.has(name) ? 'black' : 'none'
  const lines = 'stroke="black" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"'
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${fill}" ${lines}><path d="${PATHS[name]}"/></svg>`
  return `url('data:image/svg+xml,${encodeURIComponent(drawn)}')`
}
