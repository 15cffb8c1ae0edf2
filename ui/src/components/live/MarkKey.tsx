const KEY = [
  { mark: '▲', name: 'long entry', color: 'text-up' },
  { mark: '▼', name: 'short entry', color: 'text-down' },
  { mark: '● X', name: 'exit', color: 'text-ink' },
  { mark: '■ SL', name: 'stop', color: 'text-bad' },
  { mark: '● TP', name: 'take-profit', color: 'text-good' },
] as const

export function MarkKey() {
  return (
    <ul
      aria-label="Marks on the chart"
      className="flex flex-wrap gap-x-4 border-line border-t px-3.5 py-1.5 text-dim text-xs"
    >
      {KEY.map(({ mark, name, color }) => (
        <li key={name} className="whitespace-nowrap">
          <span aria-hidden="true" className={`mr-1.5 font-semibold ${color}`}>
            {mark}
          </span>
          {name}
        </li>
      ))}
    </ul>
  )
}
