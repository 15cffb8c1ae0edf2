'use client'

import { memo } from 'react'
import type { DecisionRow } from '@/api/types'
import { brief } from '@/calc/times'
import { tell } from '@/calc/wording'
import { TEXT } from '@/components/base/Chip'
import { Glyph } from '@/components/base/Icon'
import { DecisionFields } from '@/components/live/DecisionFields'

interface Props {
  id: string
  row: DecisionRow
  open: boolean
  /** It came while the log was looked at. */
  fresh: boolean
  onToggle: (key: string) => void
}

export const DecisionEntry = memo(
  ({ id, row, open, fresh, onToggle }: Props) => {
    const line = tell(row.said)
    const detail = [line.text, line.reason].filter(Boolean).join(' · ')
    return (
      <li data-key={id} className={`border-line border-b ${fresh ? 'flash' : ''}`}>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => onToggle(id)}
          className="focus-inset grid w-full grid-cols-[1rem_minmax(0,1fr)_auto] gap-x-2.5 px-3.5 py-1.5 text-left hover:bg-raised/70"
        >
          <Glyph name={line.kind} size={14} className={`mt-[3px] ${TEXT[line.tone]}`} />
          <span className="truncate">
            <span className={`font-medium ${line.tone === 'plain' ? '' : TEXT[line.tone]}`}>{line.title}</span>
            {line.symbol && <span className="ml-2 font-medium">{line.symbol}</span>}
          </span>
          <time className="text-dim text-xs leading-[1.6]">{brief(row.at)}</time>
          <span className={`col-start-2 -col-end-1 text-dim text-xs ${open ? '' : 'truncate'}`}>{detail || ' '}</span>
        </button>
        {open && <DecisionFields row={row} />}
      </li>
    )
  },
  (before, after) => before.id === after.id && before.open === after.open && before.row === after.row,
)
