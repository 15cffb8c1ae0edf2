'use client'

import { useState } from 'react'
import type { TradingState } from '@/api/types'
import type { Tone } from '@/calc/wording'
import { Button } from '@/components/base/Button'
import { Card } from '@/components/base/Card'
import { Chip } from '@/components/base/Chip'
import { ConfirmFlatten } from '@/components/live/ConfirmFlatten'
import { ConfirmStop } from '@/components/live/ConfirmStop'
import { LastCommand } from '@/components/live/LastCommand'
import { useAble } from '@/components/live/useAble'
import { give, useCommands } from '@/store/commands'
import { useLive } from '@/store/live'

const TONES: Record<TradingState, Tone> = { active: 'good', paused: 'warn', stopped: 'bad' }

export function ControlPanel() {
  const state = useLive(live => live.replica?.status.trading_state)
  const pending = useCommands(commands => commands.pending?.action ?? null)
  const { able, why } = useAble()
  const [asking, setAsking] = useState<'flatten' | 'stop' | null>(null)
  const common = { disabled: !able, title: why ?? undefined, className: 'grow' }
  const active = state === undefined || state === 'active'
  return (
    <Card title="Control" aside={state ? <Chip tone={TONES[state]}>Trading {state}</Chip> : null}>
      <div className="grid gap-2.5 px-3.5 pb-3">
        <div role="group" aria-label="Commands" className="flex gap-2">
          {active ? (
            <Button icon="pause" busy={pending === 'pause'} onClick={() => give({ action: 'pause' })} {...common}>
              Pause
            </Button>
          ) : (
            <Button
              look="main"
              icon="play"
              busy={pending === 'resume'}
              onClick={() => give({ action: 'resume' })}
              {...common}
            >
              Resume
            </Button>
          )}
          <Button icon="flatten" busy={pending === 'flatten'} onClick={() => setAsking('flatten')} {...common}>
            Flatten…
          </Button>
          <Button look="danger" icon="stop" busy={pending === 'stop'} onClick={() => setAsking('stop')} {...common}>
            Stop…
          </Button>
        </div>
        <LastCommand />
      </div>
      {asking === 'flatten' && <ConfirmFlatten onDone={() => setAsking(null)} />}
      {asking === 'stop' && <ConfirmStop onDone={() => setAsking(null)} />}
    </Card>
  )
}
