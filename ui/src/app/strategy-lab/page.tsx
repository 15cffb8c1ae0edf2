import type { Metadata } from 'next'
import { ComingPage } from '@/components/shell/ComingPage'

export const metadata: Metadata = { title: 'Strategy Lab' }

export default function Page() {
  return <ComingPage tab="strategy-lab" />
}
