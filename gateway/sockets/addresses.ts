/** How many sockets each address has, so that one client can't have them all. */
export type Addresses = {
  /** It has as many as it may. */
  isFull(address: string): boolean
  add(address: string): void
  remove(address: string): void
}

export const openAddresses = (most: number): Addresses => {
  const counts = new Map<string, number>()
  const countOf = (address: string) => counts.get(address) ?? 0
  return {
    isFull: (address) => countOf(address) >= most,
    add: (address) => void counts.set(address, countOf(address) + 1),
    remove: (address) => {
      const count = countOf(address) - 1
      if (count > 0) counts.set(address, count)
      else counts.delete(address)
    },
  }
}
