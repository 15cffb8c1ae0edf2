import { Icon } from '@/components/base/Icon'

/** Stands in the heading of a list that is held still, so that it covers nothing of it. */
export function Newer({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <button
      type="button"
      onClick={onShow}
      className="inline-flex h-6 pointer-coarse:h-8 items-center gap-1.5 whitespace-nowrap rounded-full bg-ink px-2.5 font-medium text-panel text-xs"
    >
      <Icon name="up" size={8} />
      Show {count} newer
    </button>
  )
}
