// Which page this is, and which API it was built for.
export const PAGE_ID = process.env.NEXT_PUBLIC_PAGE_ID ?? ''
export const API_VERSION = 1
