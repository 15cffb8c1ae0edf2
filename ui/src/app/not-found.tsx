import Link from 'next/link'

export default function NotFound() {
  return (
    <div className="grid min-h-[50vh] place-content-center gap-3 text-center">
      <h1 className="font-semibold text-xl">There is nothing at this address</h1>
      <p className="text-dim">
        The live session is at{' '}
        <Link href="/" className="text-brand underline">
          the start page
        </Link>
        .
      </p>
    </div>
  )
}
