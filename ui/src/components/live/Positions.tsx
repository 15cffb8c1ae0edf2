'use client'

import { useLayoutEffect, useRef, useState } from 'react'
import type { Meta, PositionStatus } from '@/api/types'
import { fixed, money, signed, signedPercent, UNKNOWN } from '@/calc/numbers'
import { Button } from '@/components/base/Button'
import { Card } from '@/components/base/Card'
import { Delta } from '@/components/base/Delta'
import { Figure } from '@/components/base/Figure'
import { Icon } from '@/components/base/Icon'
import { Rows } from '@/components/base/Skeleton'
import { Confirm } from '@/components/live/Confirm'
import { positionsOf, type Row } from '@/components/live/positionRows'
import { Side } from '@/components/live/Side'
import { Table } from '@/components/live/Table'
import { useAble } from '@/components/live/useAble'
import { useLive } from '@/store/live'
import { choose } from '@/store/selected'

const TH = 'px-2 pb-1.5 font-medium text-dim text-xs first:pl-3.5 last:pr-3.5'
const TD = 'h-10 border-line border-t px-2 first:pl-3.5 last:pr-3.5'

/** A row for every strategy and symbol, held or not, so that nothing moves when a position comes or goes. */
export function Positions() {
  const meta = useLive(state => state.replica?.meta)
  const positions = useLive(state => state.replica?.status.positions)
  const [closing, setClosing] = useState<PositionStatus | null>(null)
  if (!meta || !positions) {
    return (
      <Card title="Positions">
        <Rows count={3} label="Loading positions" className="h-[102.5px] pointer-coarse:h-[112px]" />
      </Card>
    )
  }
  const rows = positionsOf(meta.symbols, positions)
  const open = rows.filter(row => row.held).length
  return (
    <Card
      title="Positions"
      aside={
        <span key={open} className="text-dim text-xs">
          {open ? `${open} open` : 'all flat'}
        </span>
      }
    >
      <Table label="What is held" texts={rows.flatMap(textsOf)} head={<Head />}>
        <tbody>
          {rows.map(row => (
            <Line key={row.key} row={row} onClose={setClosing} />
          ))}
        </tbody>
      </Table>
      {closing && <ConfirmClose position={closing} meta={meta} onDone={() => setClosing(null)} />}
    </Card>
  )
}

function Head() {
  return (
    <>
      <th className={`${TH} w-[32%] text-left @2xl:w-[21%]`}>Symbol</th>
      <th className={`${TH} @2xl:w-[16%]`}>Quantity</th>
      <th className={`${TH} @max-lg:hidden`}>Entry</th>
      <th className={`${TH} @max-md:hidden`}>Mark</th>
      <th className={`${TH} @max-2xl:hidden`}>Stop</th>
      <th className={`${TH} @max-2xl:hidden`}>Target</th>
      <th className={`${TH} @2xl:w-[18%]`}>Unrealised</th>
      <th className={`${TH} @max-3xl:hidden`}>Realised</th>
      <th className={`${TH} w-14`}>
        <span className="sr-only">Close</span>
      </th>
    </>
  )
}

function isOf({ strategy, symbol }: { strategy: string; symbol: string }, row: Row): boolean {
  return strategy === row.strategy && symbol === row.symbol.symbol
}

/** The longest that a row has to show. */
function textsOf({ held, symbol, realised }: Row): string[] {
  const price = fixed(held?.mark, symbol.decimals)
  return [price, fixed(held?.qty, symbol.lot_decimals), signed(held?.unrealised), signed(realised)]
}

function Line({ row, onClose }: { row: Row; onClose: (position: PositionStatus) => void }) {
  const able = useAble()
  const off = useLive(state => state.replica?.status.switched_off.some(one => isOf(one, row)) ?? false)
  const chooser = useRef<HTMLButtonElement>(null)
  const closer = useRef<HTMLButtonElement>(null)
  const { held, symbol } = row
  const price = (value: number | null | undefined) => <Figure text={fixed(value, symbol.decimals)} />
  // What was closed can be closed no more: the focus stays in its row.
  useLayoutEffect(() => {
    if (!held && document.activeElement === closer.current) chooser.current?.focus()
  }, [held])
  return (
    <tr className={held ? '' : 'text-dim'}>
      <th scope="row" className={`${TD} text-left font-normal`}>
        <div
          className="flex max-w-44 flex-wrap items-baseline gap-x-2"
          title={`${symbol.symbol}, ${row.strategy}${off ? ', switched off' : ''}`}
        >
          <button
            ref={chooser}
            type="button"
            onClick={() => choose(symbol.symbol)}
            className="max-w-full truncate rounded font-semibold hover:underline pointer-coarse:min-h-6"
          >
            {symbol.symbol}
          </button>
          <span className={`max-w-full truncate text-xs @max-lg:w-full ${off ? 'text-warn' : 'text-dim'}`}>
            {off && <Icon name="warn" size={11} className="mr-1 inline" />}
            {row.strategy}
            {off && <span className="sr-only"> is switched off</span>}
          </span>
        </div>
      </th>
      <td className={TD}>
        <Figure text={`${Math.sign(held?.qty ?? 0)} ${fixed(held?.qty, symbol.lot_decimals)}`}>
          <Side qty={held?.qty ?? 0} digits={symbol.lot_decimals} />
        </Figure>
      </td>
      <td className={`${TD} @max-lg:hidden`}>{price(held?.entry_price)}</td>
      <td className={`${TD} @max-md:hidden`}>{price(held?.mark)}</td>
      <td className={`${TD} @max-2xl:hidden`}>{price(held?.stop)}</td>
      <td className={`${TD} @max-2xl:hidden`}>{price(held?.take_profit)}</td>
      <td className={TD}>{held ? <Unrealised position={held} /> : <Figure text={UNKNOWN} />}</td>
      <td className={`${TD} @max-3xl:hidden`}>
        <Figure text={signed(row.realised)} />
      </td>
      <td className={TD}>
        <Button
          ref={closer}
          look="bare"
          icon="close"
          className={`h-7 pointer-coarse:h-9 px-1.5 ${held ? '' : 'invisible'}`}
          disabled={!held || !able.able}
          title={able.why ?? undefined}
          aria-label={`Close the position in ${symbol.symbol}`}
          onClick={() => held && onClose(held)}
        />
      </td>
    </tr>
  )
}

function Unrealised({ position }: { position: PositionStatus }) {
  const cost = Math.abs(position.qty * (position.entry_price ?? 0))
  const gain = signed(position.unrealised)
  const share = signedPercent(cost ? position.unrealised / cost : null)
  return (
    <Figure text={`${gain} ${share}`}>
      <span className="inline-flex flex-wrap items-baseline justify-end gap-x-2">
        <Delta text={gain} className="font-medium" />
        <span className="text-dim text-xs">{share}</span>
      </span>
    </Figure>
  )
}

function ConfirmClose({ position, meta, onDone }: { position: PositionStatus; meta: Meta; onDone: () => void }) {
  const digits = meta.symbols.find(one => one.symbol === position.symbol)?.lot_decimals ?? 4
  return (
    <Confirm
      title={`Close ${position.symbol}?`}
      action="Close the position"
      wish={{ action: 'close', symbol: position.symbol }}
      onDone={onDone}
    >
      <p>
        Everything held in {position.symbol} is closed at the next price, and what is still on its way is withdrawn:{' '}
        <strong className="text-ink">
          {position.qty > 0 ? 'long' : 'short'} {fixed(Math.abs(position.qty), digits)}
        </strong>
        , at present <strong className="text-ink">{signed(position.unrealised)}</strong> {meta.quote} unrealised, worth{' '}
        {money(Math.abs(position.qty * (position.mark ?? 0)))}.
      </p>
      <p>Trading goes on: the strategy enters again when it next wishes to.</p>
    </Confirm>
  )
}
