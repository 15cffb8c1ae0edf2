'use client'

import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'

interface Props {
  title: string
  onClose: () => void
  children: ReactNode
  actions: ReactNode
}

/**
 * Modal: the browser keeps the focus inside, closes it with Escape and gives the focus back. The first action has the
 * focus, so that Enter gives the safe answer.
 */
export function Dialog({ title, onClose, children, actions }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  const answers = useRef<HTMLDivElement>(null)
  const id = useId()
  // Closed before it leaves the document: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    answers.current?.querySelector('button')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      className="m-auto w-[min(30rem,calc(100vw-1.5rem))] rounded-xl border border-line bg-panel p-0 text-ink shadow-2xl backdrop:bg-black/55 open:animate-[rise_0.16s_ease-out]"
    >
      <div className="grid max-h-[calc(100dvh-2rem)] grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto] gap-3 p-5">
        <h2 id={id} className="font-semibold text-base">
          {title}
        </h2>
        <div className="-m-1 grid grid-cols-[minmax(0,1fr)] content-start gap-3 overflow-y-auto p-1 text-dim">
          {children}
        </div>
        <div ref={answers} className="mt-2 flex flex-wrap justify-end gap-2">
          {actions}
        </div>
      </div>
    </dialog>
  )
}
