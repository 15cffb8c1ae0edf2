import type { Metadata } from 'next'
import { ComingPage } from '@/components/shell/ComingPage'

export const metadata: Metadata = { title: 'ML Lab' }

export default function Page() {
  return <ComingPage tab="ml-lab" />
}
