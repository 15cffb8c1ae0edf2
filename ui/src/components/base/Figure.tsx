import type { ReactNode } from 'react'

interface Props {
  text: string
  /** What says the text, where it is more than the text alone. */
  children?: ReactNode
  className?: string
}

/**
 * A figure that ends where its column does. A longer one begins further left, which a browser counts as a shift of the
 * layout unless it is another element.
 */
export function Figure({ text, children, className = '' }: Props) {
  return (
    <span key={shapeOf(text)} className={`block ${className}`}>
      {children ?? text}
    </span>
  )
}

/** Digits are all as wide as one another, signs and letters are not. */
export function shapeOf(text: string): string {
  return text.replace(/\d/g, '0')
}
