// A reader to be killed while it holds a transaction, which no reader of ours does.

import { open } from 'lmdb'

const root = open({ path: process.argv[2] as string, readOnly: true })
// biome-ignore lint/correctness/useHookAtTopLevel: it is a method of LMDB, and no React hook.
root.useReadTransaction()
process.stdout.write('holding\n')
setInterval(() => root.readerList, 1000)
