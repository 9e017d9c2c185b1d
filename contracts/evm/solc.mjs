// The pinned compiler behind one function.

import solc from 'solc'

export const settings = {
    optimizer: { enabled: true, runs: 10_000 },
    evmVersion: 'cancun',
    // without the hash of the sources, a changed comment leaves the bytecode alone
    metadata: { bytecodeHash: 'none', appendCBOR: false },
}

const outputs = ['abi', 'metadata', 'evm.bytecode.object', 'evm.deployedBytecode.object',
    'evm.deployedBytecode.immutableReferences', 'evm.methodIdentifiers']

// `sources` maps names to texts and must be complete. Returns {file: {contract: output}}; warnings are errors unless
// allowed.
export function compile(sources, options, { allowWarnings = false } = {}) {
    const input = {
        language: 'Solidity',
        sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
        settings: { ...options, outputSelection: { '*': { '*': outputs } } },
    }
    const output = JSON.parse(solc.compile(JSON.stringify(input)))
    const problems = (output.errors ?? []).filter(({ severity }) =>
        severity === 'error' || (severity === 'warning' && !allowWarnings))
    if (problems.length) throw new Error(problems.map(problem => problem.formattedMessage).join('\n'))
    return output.contracts
}

export const compilerVersion = () => solc.version()
