/** Makes what a class has look like an interface of Web IDL: its attributes and methods are found by who enumerates them. */
export function exposeInterface(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, { ...property, enumerable: true });
  }
}
