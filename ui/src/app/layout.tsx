import type { Metadata, Viewport } from 'next'
import localFont from 'next/font/local'
import type { ReactNode } from 'react'
import { Following } from '@/components/shell/Following'
import { Footer } from '@/components/shell/Footer'
import { TopBar } from '@/components/shell/TopBar'
import './globals.css'

const inter = localFont({
  src: '../../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  variable: '--font-inter',
  display: 'swap',
})

export const metadata: Metadata = {
  title: { default: 'Live · finantrade', template: '%s · finantrade' },
  description: 'A live-first paper-trading daemon, seen and steered.',
  icons: { icon: '/icon.svg' },
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: dark)', color: '#090b0f' },
    { media: '(prefers-color-scheme: light)', color: '#f3f4f7' },
  ],
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" className={inter.variable} suppressHydrationWarning>
      <head>
        <script src="/theme.js" />
      </head>
      <body className="flex min-h-dvh flex-col font-sans">
        <a
          href="#main"
          className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-ink focus:px-3 focus:py-2 focus:text-ground"
        >
          Skip to the content
        </a>
        <TopBar />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[1760px] grow px-3 py-3 outline-none md:px-4">
          <Following>{children}</Following>
        </main>
        <Footer />
      </body>
    </html>
  )
}
