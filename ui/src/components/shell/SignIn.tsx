'use client'

import { type FormEvent, useState } from 'react'
import { Problem, signIn } from '@/api/client'
import { sentence } from '@/calc/sentence'
import { Button } from '@/components/base/Button'
import { signedIn } from '@/store/feed'

export function SignIn() {
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await signIn(token)
      signedIn()
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, 'unknown', String(error)))
      setBusy(false)
    }
  }

  return (
    <form
      onSubmit={submit}
      className="mx-auto mt-[12vh] grid max-w-sm gap-4 rounded-xl border border-line bg-panel p-6"
    >
      <h1 className="font-semibold text-base">Sign in</h1>
      <p className="text-dim">
        This daemon asks for its token. It is exchanged for a cookie that this page cannot read, and is kept nowhere
        else.
      </p>
      <label className="grid gap-1.5 font-medium">
        Token
        <input
          type="password"
          autoComplete="current-password"
          required
          value={token}
          onChange={event => setToken(event.target.value)}
          aria-describedby="sign-in-problem"
          aria-invalid={problem !== null}
          className="h-9 pointer-coarse:h-11 pointer-coarse:text-base rounded-md border border-line bg-ground px-2.5 font-mono"
        />
      </label>
      <p id="sign-in-problem" role="alert" className="min-h-10 text-bad">
        {problem && sentence(problem.message)}
        {problem?.hint && <span className="block text-dim">{sentence(problem.hint)}</span>}
      </p>
      <Button type="submit" look="main" busy={busy} disabled={busy || !token}>
        Sign in
      </Button>
    </form>
  )
}
