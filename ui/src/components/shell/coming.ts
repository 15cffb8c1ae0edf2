// What the tabs say that have nothing to show yet.
export type ComingTab = 'single' | 'portfolio' | 'strategy-lab' | 'ml-lab'

interface Coming {
  title: string
  idea: string
  will: readonly string[]
  today: { text: string; command: string | null }
}

export const COMING: Readonly<Record<ComingTab, Coming>> = {
  single: {
    title: 'Single',
    idea: 'One strategy on one symbol, over as much history as there is: the back-test that the live session can be held against.',
    will: [
      'Run a back-test with the same actors that trade live, and show its equity, drawdown and every trade on the chart',
      'Change parameters and see what difference they make, with costs and slippage as configured',
      'Say how much of a result is likely to be luck',
    ],
    today: {
      text: 'The back-test itself is there, on the command line.',
      command: 'finantrade backtest -c config/demo.yml -s ema_cross \\\n  --param fast=9 --timerange 20180101-20190101',
    },
  },
  portfolio: {
    title: 'Portfolio',
    idea: 'Several strategies on several symbols, sharing one account and one set of limits.',
    will: [
      'Show what each strategy adds to the whole, and where they lose together',
      'Compare ways of sharing the risk between them',
      'Play scenarios: what if the correlations rise, the costs double, a feed goes silent',
    ],
    today: {
      text: 'A configuration with several strategies can be back-tested on the command line.',
      command: 'finantrade backtest -c config/demo.yml',
    },
  },
  'strategy-lab': {
    title: 'Strategy Lab',
    idea: 'Where a rule becomes a strategy that deserves trust, or is found out.',
    will: [
      'Write rules and see at once where they would have acted',
      'Search parameters by walk-forward, never on the data that judges them',
      'Keep every experiment, so that the number of tries is part of the verdict',
    ],
    today: {
      text: 'Rules stand in the configuration, and a check says what is wrong with them.',
      command: 'finantrade config check -c config/demo.yml',
    },
  },
  'ml-lab': {
    title: 'ML Lab',
    idea: 'Models that are trained, judged and compared before one of them may say anything to a strategy.',
    will: [
      'Build labelled data sets from the same features that the daemon computes, without looking ahead',
      'Train and compare models with purged cross-validation',
      'Show which features carry a prediction, and hand the chosen model to the daemon',
    ],
    today: { text: 'Nothing of this is there yet.', command: null },
  },
}
