/** How a value does not fit a schema. */
export interface Fault {
  /** JSON pointer into the value. */
  readonly pointer: string;
  /** Begins with what is wrong, such as "is not of type string". */
  readonly message: string;
  /** The keyword of the schema that says so. */
  readonly keyword: string;
}
