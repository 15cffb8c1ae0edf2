import type { Metadata } from 'next'
import { ComingPage } from '@/components/shell/ComingPage'

export const metadata: Metadata = { title: 'Single' }

export default function Page() {
  return <ComingPage tab="single" />
}
