import { startDaemon } from '/work/main/src/daemon/supervisor/start-daemon.ts'
import { toHome } from '/work/main/src/daemon/home.ts'
const t=performance.now()
const r = await startDaemon({ home: toHome(process.argv[2]), config: {http:'127.0.0.1:'+(process.argv[3]??8000),durability:(process.argv[4] ?? 'durable') as any,gateways:1,partitions:12,lanes:2,batch:500,flush_ms:2000,retention_ms:30*864e5,max_bytes:8e9,cluster:'beacon',nats:null,log_level:'info'} as any, http_explicit: process.argv[3]!==undefined, nats_server:{path:'/tmp/nats/bin/nats-server',version:'2.15.1'} as any, version:'0.1.0'})
console.log(r, performance.now()-t)
process.exit(0)
