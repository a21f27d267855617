import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { codec } from './messages.ts';

/** Something that a session offers the engine for the time of a build. */
export interface Service {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
}

/** The definition of one gRPC method, `/package.Service/Method`, with its messages' names. */
export function method(
  path: string,
  [request, response]: [string, string],
  { streams = false } = {},
): ServiceDefinition[string] {
  const requests = codec(request);
  const responses = codec(response);
  return {
    path,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: requests.encode,
    requestDeserialize: requests.decode,
    responseSerialize: responses.encode,
    responseDeserialize: responses.decode,
  };
}
