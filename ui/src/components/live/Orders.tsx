'use client'

import { fixed } from '@/calc/numbers'
import { roleTitle } from '@/calc/wording'
import { Card } from '@/components/base/Card'
import { Empty } from '@/components/base/Empty'
import { Rows } from '@/components/base/Skeleton'
import { useLive } from '@/store/live'

/** As high with orders as without: they come and go with every bar. */
export function Orders() {
  const orders = useLive(state => state.replica?.status.orders)
  const symbols = useLive(state => state.replica?.meta.symbols)
  return (
    <Card title="Working orders" aside={<span className="text-dim text-xs">filled at the next price</span>}>
      <section
        aria-label="Orders on their way"
        tabIndex={0}
        className="focus-inset flex h-[5.1rem] flex-col overflow-y-auto"
      >
        {!orders && <Rows count={2} label="Loading orders" />}
        {orders?.length === 0 && (
          <Empty title="No order is on its way">One stands here from its decision to its fill.</Empty>
        )}
        <ul>
          {orders?.map(order => (
            <li key={order.id} className="flex min-h-9 items-center gap-3 border-line border-t px-3.5">
              <span className="max-w-36 shrink-0 truncate font-medium" title={order.symbol}>
                {order.symbol}
              </span>
              <span className={order.side === 'buy' ? 'text-up' : 'text-down'}>{order.side}</span>
              <span className="tabular-nums">
                {fixed(order.qty, symbols?.find(one => one.symbol === order.symbol)?.lot_decimals ?? 4)}
              </span>
              <span className="text-dim">{roleTitle(order.role)}</span>
              <span className="ml-auto min-w-0 truncate text-dim text-xs" title={order.reason}>
                {order.reason}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </Card>
  )
}
