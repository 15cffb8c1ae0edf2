import { Icon } from '@/components/base/Icon'
import { COMING, type ComingTab } from '@/components/shell/coming'

export function ComingPage({ tab }: { tab: ComingTab }) {
  const { title, idea, will, today } = COMING[tab]
  return (
    <div className="mx-auto grid max-w-2xl gap-6 px-1 py-8 md:py-16">
      <div className="grid gap-2">
        <p className="font-medium text-warn text-xs uppercase tracking-wide">Not there yet</p>
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        <p className="text-[15px] text-dim">{idea}</p>
      </div>
      <section className="rounded-lg border border-line bg-panel p-5" aria-labelledby="will">
        <h2 id="will" className="mb-3 font-semibold">
          What it will do
        </h2>
        <ul className="grid gap-2.5">
          {will.map(line => (
            <li key={line} className="flex gap-2.5">
              <Icon name="chevron" size={12} className="mt-1 shrink-0 text-brand" />
              {line}
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="today" className="grid gap-2">
        <h2 id="today" className="font-semibold">
          What works today
        </h2>
        <p className="text-dim">{today.text}</p>
        {today.command && (
          <pre
            className="focus-inset overflow-x-auto rounded-lg border border-line bg-panel px-4 py-3 font-mono text-xs"
            tabIndex={0}
            role="region"
            aria-label="Command"
          >
            {today.command}
          </pre>
        )}
      </section>
    </div>
  )
}
