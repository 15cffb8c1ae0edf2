'use client'

import { type ReactNode, useEffect } from 'react'
import { SignIn } from '@/components/shell/SignIn'
import { follow } from '@/store/feed'
import { useLive } from '@/store/live'

/** Keeps the stream open under every tab, and asks for a token where one is needed. */
export function Following({ children }: { children: ReactNode }) {
  const signedOut = useLive(state => state.link.phase === 'signed-out')
  useEffect(follow, [])
  return signedOut ? <SignIn /> : children
}
