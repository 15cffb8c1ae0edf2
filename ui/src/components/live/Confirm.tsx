'use client'

import type { ReactNode } from 'react'
import type { Wish } from '@/api/client'
import { Button } from '@/components/base/Button'
import { Dialog } from '@/components/base/Dialog'
import { useAble } from '@/components/live/useAble'
import { give } from '@/store/commands'

interface Props {
  title: string
  action: string
  wish: Wish
  onDone: () => void
  children: ReactNode
}

/** Says what will happen, and does it once that is confirmed. */
export function Confirm({ title, action, wish, onDone, children }: Props) {
  const { able, why } = useAble()
  const confirm = () => {
    onDone()
    void give(wish)
  }
  return (
    <Dialog
      title={title}
      onClose={onDone}
      actions={
        <>
          <Button onClick={onDone}>Cancel</Button>
          <Button look="danger" onClick={confirm} disabled={!able} title={why ?? undefined}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}
