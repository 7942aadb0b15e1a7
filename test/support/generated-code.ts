import ts from "typescript";
import type { ProgramInfo } from "../../ts/bindings/program-info.ts";
import { typescriptBindings } from "../../ts/bindings/typescript.ts";

const EMPTY: ProgramInfo = {
  backend: "c",
  compilerVersion: null,
  types: [],
  entryPoints: [],
  operations: [],
  tuningParams: [],
};

/** What runs of generated TypeScript: all statements but declarations of types. */
function running(code: string): string[] {
  const file = ts.createSourceFile("generated.ts", code, ts.ScriptTarget.Latest);
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: readonly ts.Diagnostic[] };
  const wrong = parseDiagnostics.map(({ messageText }) => JSON.stringify(messageText));
  const statements = file.statements.filter(
    (one) => !ts.isInterfaceDeclaration(one) && !ts.isTypeAliasDeclaration(one),
  );
  const texts = statements.map((one) =>
    ts.isImportDeclaration(one) ? `import ${one.moduleSpecifier.getText(file)}` : one.getText(file),
  );
  return [...wrong, ...texts];
}

/** What generated TypeScript does that the bindings of a program without anything do not. */
export function unexpectedStatements(info: ProgramInfo): string[] {
  const usual = running(typescriptBindings(EMPTY, "program.json"));
  const found = running(typescriptBindings(info, "program.json"));
  const extra = found.filter((one) => !usual.includes(one));
  return found.length === usual.length ? extra : [...extra, `${found.length} statements`];
}

/** Python that prints, for each stub of a list, what of it is more than a declaration. */
export const CHECK_STUBS = `
import ast, json, sys, warnings
warnings.simplefilter("error")

def is_function(node):
    body = node.body
    one = len(body) == 1 and isinstance(body[0], ast.Expr)
    return one and isinstance(body[0].value, ast.Constant)

def is_declaration(node):
    match node:
        case ast.Import(names=[ast.alias(name="numpy", asname="np")]):
            return True
        case ast.ImportFrom(module=module):
            return module in {"collections.abc", "typing", "numpy.typing", "futhark_bridge"}
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.ClassDef(decorator_list=[], keywords=[], bases=bases):
            return all(isinstance(base, ast.Name) for base in bases) and all(map(is_declaration, node.body))
        case ast.FunctionDef(name=name, decorator_list=decorators):
            plain = all(isinstance(d, ast.Name) and d.id == "overload" for d in decorators)
            return plain and is_function(node)
        case ast.AnnAssign(target=ast.Name(), value=value):
            return value is None or not any(isinstance(n, ast.Call) for n in ast.walk(value))
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id="TypedDict"))):
            return sum(isinstance(n, ast.Call) for n in ast.walk(node)) == 1
    return False

found = []
for i, stub in enumerate(json.load(sys.stdin)):
    try:
        found += [f"{i}: {ast.unparse(n)}" for n in ast.parse(stub).body if not is_declaration(n)]
    except Exception as error:
        found.append(f"{i}: {error!r}")
print(json.dumps(found[:10]))
`;
