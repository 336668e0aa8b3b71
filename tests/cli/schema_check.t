# valid documents
@ schema.json
| {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"minimum": 1}}}
@ a.json
| {"id": "a", "n": 1}
@ b.yaml
| id: b
$ pawl schema check schema.json a.json b.yaml
> a.json: valid
> b.yaml: valid

# all documents are checked, and all errors told, with places where they are known
@ schema.json
| {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"minimum": 1}}}
@ a.json
| {"n": 0}
@ b.yaml
| n: 5
| id:
|   - b
@ c.json
| {"id": "c"}
$ pawl schema check schema.json a.json b.yaml c.json
> a.json: the document is missing the required property 'id'
> a.json: /n must be at least 1, but is 0
> b.yaml:3:3: /id must be a string, but is an array
> c.json: valid
? 6

# as JSON
@ schema.yaml
| properties: {n: {minimum: 1}}
@ a.json
| {"n": 0}
$ pawl schema check schema.yaml a.json -o jsonl
> {"file":"a.json","valid":false,"errors":[{"instance_pointer":"/n","schema_pointer":"/properties/n/minimum","keyword":"minimum","message":"must be at least 1, but is 0"}]}
? 6

# a schema alone
@ schema.json
| {"type": "strin"}
$ pawl schema check schema.json
! pawl: schema.json: at #: 'type' must be a type (null, boolean, integer, number, string, array, object) or an array of types
? 6

# a malformed document
@ schema.json
| true
@ a.json
| {"a": }
$ pawl schema check schema.json a.json
! pawl: a.json:1:7: expected a value, but found '}'
? 6

# a remote schema is given, never fetched
@ schema.json
| {"$ref": "http://example.com/id"}
@ id.json
| {"type": "integer"}
@ a.json
| [1]
$ pawl schema check schema.json a.json
$ pawl schema check schema.json --remote http://example.com/id=id.json a.json
> a.json: the document must be an integer, but is an array
! pawl: schema.json: at #: the reference leads to 'http://example.com/id', which is not given (nothing is fetched)
? 6

# formats are asserted, unless the schema names a draft that says otherwise
@ plain.json
| {"format": "email"}
@ named.json
| {"$schema": "https://json-schema.org/draft/2020-12/schema", "format": "email"}
@ a.yaml
| nobody
$ pawl schema check plain.json a.yaml
$ pawl schema check named.json a.yaml
$ pawl schema check plain.json a.yaml --formats annotate
$ pawl schema check named.json a.yaml --formats assert
> a.yaml:1:1: the document must be an e-mail address, but is 'nobody'
> a.yaml: valid
> a.yaml: valid
> a.yaml:1:1: the document must be an e-mail address, but is 'nobody'
? 6

# no schema
$ pawl schema check
! pawl: a schema is missing: pawl schema check SCHEMA DOC…
! See 'pawl schema check --help'.
? 2

# a word near it
$ pawl schema chekc a b
! pawl: unknown command 'schema chekc'; did you mean 'schema check'?
! See 'pawl schema --help'.
? 2

# many cases
$ pawl schema check --jsonl
< {"schema":{"type":"integer"},"instance":5}
< {"schema":{"type":"integer"},"instance":"5"}
< {"schema":{"$ref":"http://example.com/id"},"instance":"5","remotes":{"http://example.com/id":{"type":"integer"}}}
< {"schema":{"$ref":"http://example.com/id"},"instance":"5"}
< {"schema":{"type":5},"instance":1}
< {"schema":{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}},"instance":{"a":1}}
< {"schema":{"dependencies":{"a":["b"]}},"instance":{"a":1},"draft":"7"}
< {"schema":true,"instance":null}
< {"schema":true}
< {"schema":true,"instance":1,"remotes":[]}
> {"valid":true,"errors":[]}
> {"valid":false,"errors":[{"instance_pointer":"","schema_pointer":"/type","keyword":"type","message":"must be an integer, but is '5'"}]}
> {"valid":false,"errors":[{"instance_pointer":"","schema_pointer":"/$ref/type","keyword":"type","message":"must be an integer, but is '5'"}]}
> {"error":"at #: the reference leads to 'http://example.com/id', which is not given (nothing is fetched)","code":"INVALID"}
> {"error":"at #: 'type' must be a type (null, boolean, integer, number, string, array, object) or an array of types","code":"INVALID"}
> {"valid":false,"errors":[{"instance_pointer":"","schema_pointer":"/dependencies","keyword":"dependencies","message":"is missing the property 'b', which 'a' requires"}]}
> {"valid":false,"errors":[{"instance_pointer":"","schema_pointer":"/dependencies","keyword":"dependencies","message":"is missing the property 'b', which 'a' requires"}]}
> {"valid":true,"errors":[]}
> {"error":"the request has no \"instance\"","code":"INVALID"}
> {"error":"\"remotes\" of the request is no map","code":"INVALID"}
