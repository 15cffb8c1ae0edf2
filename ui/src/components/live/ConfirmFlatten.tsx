import { Confirm } from '@/components/live/Confirm'
import { Held } from '@/components/live/Held'

export function ConfirmFlatten({ onDone }: { onDone: () => void }) {
  return (
    <Confirm title="Flatten everything?" action="Flatten and pause" wish={{ action: 'flatten' }} onDone={onDone}>
      <p>Entries on their way are withdrawn, every position is closed at the next price, and trading is paused.</p>
      <Held />
      <p>Nothing is entered again until you resume.</p>
    </Confirm>
  )
}
