# a valid workflow
@ order.yaml
| id: order
| steps:
|   - id: tell
|     action: log.write
|     config: {message: "{{ run.id }}"}
$ pawl validate order.yaml
> order.yaml: valid

# all findings at once, with places and hints
@ order.yaml
| id: order
| stps: []
| steps:
|   - id: tell
|     action: log.wirte
|     depends_on: [nobody]
$ pawl validate order.yaml
> order.yaml:2:1: error: unknown key 'stps' [E_UNKNOWN_KEY]
>     2 | stps: []
>       | ^^^^
>       = did you mean 'steps'?
> order.yaml:5:13: error: unknown action 'log.wirte' [E_UNKNOWN_ACTION]
>     5 |     action: log.wirte
>       |             ^^^^^^^^^
>       = did you mean 'log.write'?
> order.yaml:6:18: error: depends_on names 'nobody', which is no step of this workflow [E_UNKNOWN_STEP]
>     6 |     depends_on: [nobody]
>       |                  ^^^^^^
>       = the steps are: tell
? 6

# as JSON
@ order.yaml
| id: order
| steps:
|   - id: tell
|     action: log.wirte
$ pawl validate order.yaml -o json
> [
>   {
>     "file": "order.yaml",
>     "valid": false,
>     "findings": [
>       {
>         "code": "E_UNKNOWN_ACTION",
>         "severity": "error",
>         "pointer": "/steps/0/action",
>         "line": 4,
>         "column": 13,
>         "message": "unknown action 'log.wirte'",
>         "hint": "did you mean 'log.write'?",
>         "docs": "The action is not registered in this program. Check the spelling; `pawl explain actions` lists them."
>       }
>     ]
>   }
> ]
? 6

# as SARIF
@ order.yaml
| id: order
| steps:
|   - id: tell
|     action: log.wirte
$ pawl validate order.yaml -o sarif
> {
>   "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
>   "version": "2.1.0",
>   "runs": [
>     {
>       "tool": {
>         "driver": {
>           "name": "pawl",
>           "version": "0.1.0",
>           "rules": [
>             {
>               "id": "E_UNKNOWN_ACTION",
>               "shortDescription": {
>                 "text": "There is no such action"
>               },
>               "fullDescription": {
>                 "text": "The action is not registered in this program. Check the spelling; `pawl explain actions` lists them."
>               },
>               "defaultConfiguration": {
>                 "level": "error"
>               }
>             }
>           ]
>         }
>       },
>       "columnKind": "unicodeCodePoints",
>       "results": [
>         {
>           "ruleId": "E_UNKNOWN_ACTION",
>           "ruleIndex": 0,
>           "level": "error",
>           "message": {
>             "text": "unknown action 'log.wirte' (did you mean 'log.write'?)"
>           },
>           "locations": [
>             {
>               "physicalLocation": {
>                 "artifactLocation": {
>                   "uri": "order.yaml"
>                 },
>                 "region": {
>                   "startLine": 4,
>                   "startColumn": 13,
>                   "endColumn": 22
>                 }
>               },
>               "logicalLocations": [
>                 {
>                   "fullyQualifiedName": "/steps/0/action"
>                 }
>               ]
>             }
>           ]
>         }
>       ]
>     }
>   ]
> }
? 6

# several files; one that is not YAML
@ a.yaml
| id: a
| steps:
|   - {id: tell, action: log.write, config: {message: hello}}
@ b.yaml
| id: [
$ pawl validate a.yaml b.yaml
> a.yaml: valid
> b.yaml:2:1: error: a value was expected here [E_YAML_SYNTAX]
>     2 | 
>       | ^
? 6

# a missing file
$ pawl validate none.yaml
! pawl: cannot open 'none.yaml': No such file or directory
? 3

# from standard input
$ pawl validate -
< id: a
< steps:
<   - {id: tell, action: log.write, config: {message: hello}}
> -: valid
