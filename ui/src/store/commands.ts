// What the operator has asked for, and what came of it.
import { create } from 'zustand'
import { command, type Outcome, Problem, type Wish } from '@/api/client'

export interface Answered {
  wish: Wish
  at: number
  outcome: Outcome | null
  problem: Problem | null
}

interface Commands {
  pending: Wish | null
  last: Answered | null
}

export const useCommands = create<Commands>()(() => ({ pending: null, last: null }))

export async function give(wish: Wish): Promise<void> {
  if (useCommands.getState().pending) return
  useCommands.setState({ pending: wish })
  const answered = await outcomeOf(wish)
  useCommands.setState({ pending: null, last: { wish, at: Date.now(), ...answered } })
}

async function outcomeOf(wish: Wish): Promise<Pick<Answered, 'outcome' | 'problem'>> {
  try {
    return { outcome: await command(wish), problem: null }
  } catch (error) {
    const known = error instanceof Problem ? error : new Problem(0, 'unknown', String(error))
    return { outcome: null, problem: known }
  }
}
