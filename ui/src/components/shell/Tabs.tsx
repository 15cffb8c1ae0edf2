'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { TABS } from '@/components/shell/tabs'

export function Tabs() {
  const here = usePathname().replace(/(.)\/$/, '$1')
  return (
    <nav aria-label="Main" className="order-last flex w-full overflow-x-auto md:order-none md:ml-3 md:h-full md:w-auto">
      <ul className="-mx-1 flex grow md:mx-0 md:grow-0">
        {TABS.map(({ path, title }) => (
          <li key={path} className="flex grow md:grow-0">
            <Link
              href={path}
              prefetch={false}
              aria-current={here === path ? 'page' : undefined}
              className="focus-inset flex h-11 grow items-center justify-center whitespace-nowrap border-transparent border-b-2 px-1.5 pt-0.5 font-medium text-dim hover:text-ink aria-[current=page]:border-brand aria-[current=page]:text-ink md:h-full md:px-3"
            >
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
