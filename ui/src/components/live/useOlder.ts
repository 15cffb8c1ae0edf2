'use client'

import { useCallback, useState } from 'react'
import { Problem } from '@/api/client'
import { useLive } from '@/store/live'
import { fetchListed } from '@/store/past'
import type { Listed } from '@/stream/replica'

export type Older = 'there' | 'loading' | 'none' | Problem

/** Whether there is anything older than what the page holds, as far as it is known, and what fetches it. */
export function useOlder(kind: Listed): { older: Older; load: () => void } {
  const first = useLive(state => state.replica?.[kind][0])
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [oldest, setOldest] = useState<unknown>(null)

  const load = useCallback(async () => {
    setBusy(true)
    setProblem(null)
    try {
      if (!(await fetchListed(kind))) setOldest(useLive.getState().replica?.[kind][0])
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, 'unknown', String(error)))
    }
    setBusy(false)
  }, [kind])

  const none = first === undefined || first === oldest
  return { older: busy ? 'loading' : (problem ?? (none ? 'none' : 'there')), load }
}
