// A reader to be killed while it holds a transaction, which no reader of ours does.

import { open } from 'lmdb'

const root = open({ path: process.argv[2] as string, readOnly: true })
root.useReadTransaction()
process.stdout.write('holding\n')
setInterval(() => root.name, 1000)
