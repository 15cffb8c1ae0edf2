'use client'

import { useCommands } from '@/store/commands'
import { useLive } from '@/store/live'

const WHY: Record<string, string> = {
  recovering: 'The daemon is still recovering',
  journal_unwritable: 'The journal cannot be written',
  quarantined: 'The daemon is quarantined',
  stopping: 'The daemon is going down',
}

/** Whether a command can be given now, and if not, why. */
export function useAble(): { able: boolean; why: string | null } {
  const connected = useLive(state => state.link.phase === 'live' || state.link.phase === 'differs')
  const condition = useLive(state => state.replica?.status.condition)
  const pending = useCommands(state => state.pending !== null)
  const why = connected ? ((condition && WHY[condition]) ?? null) : 'Not connected'
  return { able: connected && condition !== undefined && !why && !pending, why }
}
