import { Icon } from '@/components/base/Icon'

/** Laid over the top of a list that is held still. */
export function Newer({ count, onShow }: { count: number; onShow: () => void }) {
  if (!count) return null
  return (
    <button
      type="button"
      onClick={onShow}
      className="-translate-x-1/2 absolute top-2 left-1/2 z-10 inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-full bg-ink px-3 font-medium text-panel text-xs shadow-lg"
    >
      <Icon name="up" size={8} />
      {count} newer
    </button>
  )
}
