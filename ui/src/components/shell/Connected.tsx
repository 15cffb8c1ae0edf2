'use client'

import type { Tone } from '@/calc/wording'
import { Chip } from '@/components/base/Chip'
import { type Link, useLive } from '@/store/live'

const LOOKS: Record<Link['phase'], { tone: Tone; text: string }> = {
  opening: { tone: 'plain', text: 'Connecting' },
  live: { tone: 'good', text: 'Connected' },
  lost: { tone: 'bad', text: 'Disconnected' },
  'signed-out': { tone: 'warn', text: 'Signed out' },
  differs: { tone: 'warn', text: 'Other version' },
}

export function Connected() {
  const phase = useLive(state => state.link.phase)
  const { tone, text } = LOOKS[phase]
  return (
    <span role="status" aria-label="Connection" className="inline-flex">
      <Chip tone={tone} className="w-[7.1rem] justify-center">
        <span
          aria-hidden="true"
          className={`size-1.5 rounded-full bg-current ${phase === 'opening' || phase === 'lost' ? 'animate-pulse' : ''}`}
        />
        {text}
      </Chip>
    </span>
  )
}
