export const TABS = [
  { path: '/single', title: 'Single' },
  { path: '/portfolio', title: 'Portfolio' },
  { path: '/strategy-lab', title: 'Strategy Lab' },
  { path: '/ml-lab', title: 'ML Lab' },
  { path: '/', title: 'Live' },
] as const
