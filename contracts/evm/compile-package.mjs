// Compiles one contract of an npm package from its unpacked sources.
//
//     node compile-package.mjs JOB.json ARTIFACT.json
//
// The job: {folders: {package: folder}, root: "package/path/Contract.sol", replace: [text, text]}; the replacement is
// made in the root file, where it must apply exactly once.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, posix } from 'node:path'
import { compile, settings } from './solc.mjs'

const [jobFile, artifactFile] = process.argv.slice(2)
const { folders, root, replace: [from, to] } = JSON.parse(readFileSync(jobFile, 'utf8'))

function fileOf(name) {
    const owner = Object.keys(folders).find(candidate => name.startsWith(`${candidate}/`))
    if (!owner) throw new Error(`${name} belongs to no package that was fetched`)
    const file = folders[owner] + name.slice(owner.length)
    if (!existsSync(file)) throw new Error(`${name} is not in its package`)
    return file
}

function readRoot(name) {
    const parts = readFileSync(fileOf(name), 'utf8').split(from)
    if (parts.length !== 2) throw new Error(`${name} has ${parts.length - 1} places that say ${from}, not one`)
    return parts.join(to)
}

// The root and all it imports, however far.
function gather(rootName) {
    const sources = {}
    const waiting = [rootName]
    while (waiting.length) {
        const name = waiting.pop()
        if (name in sources) continue
        sources[name] = name === rootName ? readRoot(name) : readFileSync(fileOf(name), 'utf8')
        for (const [, imported] of sources[name].matchAll(/^\s*import\s[^"']*["']([^"']+)["']/gm)) {
            waiting.push(imported.startsWith('.') ? posix.join(posix.dirname(name), imported) : imported)
        }
    }
    return sources
}

const contractName = basename(root, '.sol')
// without the IR pipeline the protocol's stack is too deep for the compiler
const output = compile(gather(root), { ...settings, viaIR: true }, { allowWarnings: true })[root][contractName]
writeFileSync(artifactFile, JSON.stringify({
    contractName,
    abi: output.abi,
    methodIdentifiers: output.evm.methodIdentifiers,
    bytecode: '0x' + output.evm.bytecode.object,
    deployedBytecode: '0x' + output.evm.deployedBytecode.object,
}))
