#!/usr/bin/env node
// Starts beacon, or says in plain words why it cannot. Old syntax on purpose: any Node since 12 must get as
// far as the message, never to a stack trace.

// biome-ignore-all lint/style/useNodejsImportProtocol: Node 12 knows no node: imports
// biome-ignore-all lint/complexity/useArrowFunction: old syntax throughout
// biome-ignore-all lint/complexity/noCommaOperator: old syntax throughout
'use strict'

const fs = require('fs')
const path = require('path')

const root = path.join(__dirname, '..')
const main = path.join(root, 'dist', 'commands', 'main.js')
const isClone = fs.existsSync(path.join(root, 'src', 'commands'))

function fits(version) {
  const parts = version.replace(/^v/, '').split('.')
  return Number(parts[0]) > 22 || (Number(parts[0]) === 22 && Number(parts[1]) >= 15)
}

function fail(message) {
  process.stderr.write(`beacon: ${message}\n`)
  process.exitCode = 1
}

/** Runs the same command with the Node that the clone brings along, as if it were this process. */
function runWith(node) {
  const child = require('child_process').spawn(node, [__filename].concat(process.argv.slice(2)), {
    stdio: 'inherit',
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal)
    })
  })
  child.on('error', function (error) {
    fail(`${node} cannot be run: ${error.message}`)
  })
  child.on('exit', function (code, signal) {
    if (signal === null) {
      process.exit(code)
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function start() {
  if (!fits(process.versions.node)) {
    const own = path.join(root, 'node_modules', '.bin', 'node')
    if (isClone && fs.existsSync(own) && fs.realpathSync(own) !== fs.realpathSync(process.execPath)) {
      runWith(own)
      return
    }
    const cure = isClone ? 'Run `npm install` here: it brings a fitting one.' : 'Install a newer Node.'
    fail(`Node 22.15 or newer is needed, and this is ${process.versions.node}.\n${cure}`)
    return
  }
  if (!fs.existsSync(main)) {
    const missing = fs.existsSync(path.join(root, 'node_modules'))
      ? 'npm run build'
      : 'npm install && npm run build'
    fail(`this clone is not built yet.\nRun \`${missing}\` in ${root}`)
    return
  }
  // Before React is loaded: its development build takes a quarter more of the processor.
  process.env.NODE_ENV = process.env.NODE_ENV || 'production'
  require('module').enableCompileCache()
  // A program that cannot be loaded is a bug: Node ends with its stack trace.
  void import(main)
}

start()
