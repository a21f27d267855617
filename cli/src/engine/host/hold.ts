import { chmod, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DevenvError } from '../../errors.ts';
import { holdInside } from '../../plan/mounts.ts';

/**
 * Writes the program that `holdInside` names into what a container sees at /run/devenv. It waits
 * until it is killed, and needs nothing of the image: no loader, no library, no file. Throws
 * `engine_failed` on a processor that it is not known for.
 */
export async function writeHold(runFolder: string): Promise<void> {
  const path = join(runFolder, basename(holdInside));
  // A running one cannot be written to.
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, program());
  await chmod(draft, 0o755);
  await rename(draft, path);
}

function program(): Buffer {
  const known = machines[process.arch];
  if (known !== undefined) return executable(known);
  const message = `Dockerfiles cannot be built behind the login shell on ${process.arch}.`;
  throw new DevenvError('engine_failed', message, {
    hint: `That needs one of: ${Object.keys(machines).join(', ')}. Name a ready image.`,
  });
}

interface Machine {
  /** e_machine of elf(5). */
  number: number;
  code: Buffer;
}

const machines: Partial<Record<string, Machine>> = {
  // mov eax, 34 (pause); syscall; jmp to the start
  x64: { number: 62, code: Buffer.from('b8220000000f05ebf7', 'hex') },
  // x0 … x3 = 0; x8 = 73 (ppoll); svc 0; b to the start
  arm64: {
    number: 183,
    code: words(0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa),
  },
};

function words(...instructions: number[]): Buffer {
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, index) => code.writeUInt32LE(instruction, index * 4));
  return code;
}

/** elf(5): its header, one program header that loads the file as it is, and the code. */
function executable({ number, code }: Machine): Buffer {
  const address = 0x400000n;
  const codeAt = 64 + 56;
  const headers = Buffer.alloc(codeAt);
  headers.write('\u007fELF', 'latin1');
  // 64 bits, little endian, version 1
  headers.set([2, 1, 1], 4);
  headers.writeUInt16LE(2, 16); // an executable
  headers.writeUInt16LE(number, 18);
  headers.writeUInt32LE(1, 20);
  headers.writeBigUInt64LE(address + BigInt(codeAt), 24); // where it begins
  headers.writeBigUInt64LE(64n, 32); // where the program header is
  headers.writeUInt16LE(64, 52);
  headers.writeUInt16LE(56, 54);
  headers.writeUInt16LE(1, 56);
  headers.writeUInt32LE(1, 64); // to be loaded
  headers.writeUInt32LE(5, 68); // to be read and executed
  headers.writeBigUInt64LE(address, 80);
  headers.writeBigUInt64LE(address, 88);
  const size = BigInt(codeAt + code.length);
  headers.writeBigUInt64LE(size, 96);
  headers.writeBigUInt64LE(size, 104);
  headers.writeBigUInt64LE(0x10000n, 112); // pages of every size
  return Buffer.concat([headers, code]);
}
