import protobuf from 'protobufjs';

/*
 * The messages of BuildKit's session services and of its progress, as far as devenv uses them
 * (github.com/moby/buildkit: session/{auth,filesync,secrets,sshforward}/*.proto, api/services/control;
 * github.com/tonistiigi/fsutil: types/{stat,wire}.proto; github.com/grpc/grpc-proto: grpc/health/v1).
 */
const source = `
syntax = "proto3";

message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }

message GetSecretRequest { string ID = 1; }
message GetSecretResponse { bytes data = 1; }

message CredentialsRequest { string Host = 1; }
message CredentialsResponse { string Username = 1; string Secret = 2; }

message CheckAgentRequest { string ID = 1; }
message CheckAgentResponse {}
message BytesMessage { bytes data = 1; }

message Packet {
  int32 type = 1;
  Stat stat = 2;
  uint32 ID = 3;
  bytes data = 4;
}
message Stat {
  string path = 1;
  uint32 mode = 2;
  uint32 uid = 3;
  uint32 gid = 4;
  int64 size = 5;
  int64 modTime = 6;
  string linkname = 7;
  int64 devmajor = 8;
  int64 devminor = 9;
}

message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Vertex {
  string digest = 1;
  string name = 3;
  bool cached = 4;
  Timestamp started = 5;
  Timestamp completed = 6;
  string error = 7;
}
message VertexStatus {
  string ID = 1;
  string vertex = 2;
  int64 current = 4;
  int64 total = 5;
}
message VertexLog { string vertex = 1; bytes msg = 4; }
message VertexWarning { string vertex = 1; int64 level = 2; bytes short = 3; }
message StatusResponse {
  repeated Vertex vertexes = 1;
  repeated VertexStatus statuses = 2;
  repeated VertexLog logs = 3;
  repeated VertexWarning warnings = 4;
}
`;

const { root } = protobuf.parse(source, { keepCase: true });

/** Reads and writes one kind of message. */
export interface Codec<T> {
  encode: (message: T) => Buffer;
  decode: (bytes: Uint8Array) => T;
}

/** 64-bit numbers become JavaScript's: they are seconds and bytes here. */
export function codec<T extends object>(name: string): Codec<T> {
  const type = root.lookupType(name);
  return {
    encode: (message) => Buffer.from(type.encode(type.create(message)).finish()),
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { longs: Number, bytes: Buffer, defaults: true }) as T,
  };
}
