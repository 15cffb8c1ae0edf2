import { LivePage } from '@/components/live/LivePage'

export default function Page() {
  return <LivePage />
}
