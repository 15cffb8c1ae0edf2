'use client'

import { useState } from 'react'
import { Confirm } from '@/components/live/Confirm'
import { Held } from '@/components/live/Held'

const CHOICES = [
  { keep: false, title: 'Close every position', text: 'At the next price; entries on their way are withdrawn.' },
  { keep: true, title: 'Keep positions', text: 'Their stops and take-profits stay; strategies no longer enter.' },
] as const

export function ConfirmStop({ onDone }: { onDone: () => void }) {
  const [keep, setKeep] = useState(false)
  return (
    <Confirm
      title="Stop trading?"
      action={keep ? 'Stop and keep positions' : 'Close everything and stop'}
      wish={{ action: 'stop', keep_positions: keep }}
      onDone={onDone}
    >
      <p>Trading is stopped until you resume. The daemon itself goes on, with its feed and its journal.</p>
      <Held />
      <fieldset className="grid gap-2">
        <legend className="sr-only">What happens to positions</legend>
        {CHOICES.map(choice => (
          <label
            key={choice.title}
            className="flex cursor-pointer gap-3 rounded-md border border-line px-3 py-2 has-checked:border-brand has-checked:bg-brand/8"
          >
            <input
              type="radio"
              name="keep"
              checked={keep === choice.keep}
              onChange={() => setKeep(choice.keep)}
              className="mt-0.5 accent-[var(--brand)]"
            />
            <span>
              <span className="block font-medium text-ink">{choice.title}</span>
              {choice.text}
            </span>
          </label>
        ))}
      </fieldset>
    </Confirm>
  )
}
