"""The service as Python's gql sees it, at LIENTHONG_URL: `python -m unittest`, with what requirements.txt names."""

import asyncio
import os
import unittest
from pathlib import Path

from gql import Client, GraphQLRequest, gql
from gql.dsl import DSLInlineFragment, DSLQuery, DSLSchema, DSLVariableDefinitions, dsl_gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport, HTTPXTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import GraphQLError, build_schema, lexicographic_sort_schema, print_schema

URL = f"{os.environ['LIENTHONG_URL']}/graphql"
COMMITTED = Path(__file__).parents[3] / "schema.graphql"


def transport(**headers: str) -> HTTPXTransport:
    return HTTPXTransport(URL, headers={"accept-language": "en", **headers}, timeout=30)


class Served(unittest.TestCase):
    """What is asked through a client that fetched the schema from the service itself."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.client = Client(transport=transport(), fetch_schema_from_transport=True)
        with cls.client:
            pass
        cls.schema = DSLSchema(cls.client.schema)

    def test_the_schema_that_is_fetched_is_the_one_that_is_committed(self) -> None:
        committed = build_schema(COMMITTED.read_text(encoding="utf-8"))
        ours, theirs = (print_schema(lexicographic_sort_schema(schema)) for schema in (committed, self.client.schema))
        self.assertEqual(ours, theirs)

    def test_a_query_is_built_from_the_schema(self) -> None:
        ds, var = self.schema, DSLVariableDefinitions()
        province = ds.Query.province(code=var.code, on=var.day).select(
            ds.AdministrativeUnit.code,
            ds.AdministrativeUnit.fullName,
            english=ds.AdministrativeUnit.name(locale="EN"),
            predecessors=ds.AdministrativeUnit.predecessors.select(
                ds.Succession.effectiveOn, ds.Succession.predecessor.select(ds.AdministrativeUnit.fullName)
            ),
        )
        query = DSLQuery(province)
        query.variable_definitions = var
        request = dsl_gql(query)
        request.variable_values = {"code": "15", "day": "2025-07-01"}
        found = self.client.execute(request)["province"]
        self.assertEqual((found["code"], found["fullName"], found["english"]), ("15", "Tỉnh Lào Cai", "Lao Cai"))
        merged = [succession["predecessor"]["fullName"] for succession in found["predecessors"]]
        self.assertEqual(merged, ["Tỉnh Lào Cai", "Tỉnh Yên Bái"])
        self.assertEqual({p["effectiveOn"] for p in found["predecessors"]}, {"2025-07-01"})
        with self.assertRaisesRegex(AttributeError, "population"):
            ds.AdministrativeUnit.population

    def test_records_of_several_types_are_told_apart(self) -> None:
        ds = self.schema
        plan = DSLInlineFragment().on(ds.Plan).select(ds.Plan.code)
        unit = DSLInlineFragment().on(ds.AdministrativeUnit).select(ds.AdministrativeUnit.fullName)
        first = dsl_gql(
            DSLQuery(
                ds.Query.plans(first=1).select(ds.PlanConnection.nodes.select(ds.Plan.id, ds.Plan.code)),
                ds.Query.province(code="25").select(ds.AdministrativeUnit.id),
            )
        )
        known = self.client.execute(first)
        ids = [known["plans"]["nodes"][0]["id"], known["province"]["id"], "unknown"]
        found = self.client.execute(dsl_gql(DSLQuery(ds.Query.nodes(ids=ids).select(plan, unit))))["nodes"]
        self.assertEqual(found, [{"code": known["plans"]["nodes"][0]["code"]}, {"fullName": "Tỉnh Phú Thọ"}, None])

    def test_pages_both_ways_are_the_same_list(self) -> None:
        query = gql(
            """
            query Observations($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
              observations(first: $first, after: $after, last: $last, before: $before) {
                totalCount
                nodes { id }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
              }
            }
            """
        )

        def page(**arguments: object) -> dict:
            return self.client.execute(GraphQLRequest(query, variable_values=arguments))["observations"]

        forwards, found = [], page(first=30)
        forwards += found["nodes"]
        while found["pageInfo"]["hasNextPage"]:
            found = page(first=30, after=found["pageInfo"]["endCursor"])
            forwards += found["nodes"]
        self.assertEqual(len(forwards), found["totalCount"])
        self.assertGreater(len(forwards), 60)
        self.assertEqual(len({node["id"] for node in forwards}), len(forwards))

        found = page(last=30)
        backwards = found["nodes"]
        while found["pageInfo"]["hasPreviousPage"]:
            found = page(last=30, before=found["pageInfo"]["startCursor"])
            backwards = found["nodes"] + backwards
        self.assertEqual(backwards, forwards)

    def test_what_the_schema_forbids_is_never_sent(self) -> None:
        with self.assertRaisesRegex(GraphQLError, "Cannot query field 'titel' on type 'Plan'"):
            self.client.execute(gql("{ plans { nodes { titel } } }"))

    def test_a_refusal_has_its_code_and_every_bad_field_by_its_path(self) -> None:
        query = gql("query($filter: ObservationFilter) { observations(filter: $filter) { totalCount } }")
        wrong = {"periodFrom": "2025-13", "areas": ["25", 1]}
        with self.assertRaises(TransportQueryError) as refused:
            self.client.execute(GraphQLRequest(query, variable_values={"filter": wrong}))
        codes = {error["extensions"]["code"] for error in refused.exception.errors}
        fields = [(f["path"], f["code"]) for error in refused.exception.errors for f in error["extensions"]["fields"]]
        self.assertEqual(codes, {"BAD_USER_INPUT"})
        self.assertEqual(sorted(fields), [("filter.areas[1]", "INVALID"), ("filter.periodFrom", "INVALID")])

    def test_a_failed_field_leaves_the_data_beside_it(self) -> None:
        query = gql('{ right: province(code: "25") { fullName } wrong: province(code: "x") { fullName } }')
        with self.assertRaises(TransportQueryError) as refused:
            self.client.execute(query)
        self.assertEqual(refused.exception.data, {"right": {"fullName": "Tỉnh Phú Thọ"}, "wrong": None})
        self.assertEqual([error["path"] for error in refused.exception.errors], [["wrong"]])

    def test_a_token_that_is_not_good_is_refused_never_taken_for_a_stranger(self) -> None:
        with self.assertRaises(TransportQueryError) as refused:
            Client(transport=transport(authorization="Bearer no-token")).execute(gql("{ viewer { kind } }"))
        self.assertEqual([error["extensions"]["code"] for error in refused.exception.errors], ["UNAUTHENTICATED"])

    def sign_in(self) -> str:
        """The token of the administrator."""
        login = gql("mutation($input: LoginInput!) { login(input: $input) { accessToken } }")
        account = {"username": "admin", "password": os.environ["LIENTHONG_PASSWORD"]}
        return self.client.execute(GraphQLRequest(login, variable_values={"input": account}))["login"]["accessToken"]

    def test_whoever_signs_in_is_told_apart_by_the_token(self) -> None:
        token = self.sign_in()
        viewer = gql("{ viewer { kind username roles } }")
        self.assertEqual(self.client.execute(viewer)["viewer"], {"kind": "ANONYMOUS", "username": None, "roles": []})
        signed_in = Client(transport=transport(authorization=f"Bearer {token}")).execute(viewer)["viewer"]
        self.assertEqual(signed_in, {"kind": "USER", "username": "admin", "roles": ["ADMIN"]})

    def test_many_queries_go_over_one_connection_at_once(self) -> None:
        async def ask() -> list:
            async with Client(transport=HTTPXAsyncTransport(URL, timeout=30)) as session:
                query = "query($code: String!) { province(code: $code) { code } }"
                codes = ["01", "22", "25", "33"]
                asked = [session.execute(GraphQLRequest(query, variable_values={"code": code})) for code in codes]
                return [answer["province"]["code"] for answer in await asyncio.gather(*asked)]

        self.assertEqual(asyncio.run(ask()), ["01", "22", "25", "33"])

    def test_what_happens_is_told_as_it_happens(self) -> None:
        create = "mutation($input: CreateAgencyInput!) { createAgency(input: $input) { agency { code } } }"
        code = f"gql-{os.getpid()}"
        agency = {"code": code, "nameVi": "Sở theo dõi", "kind": "DEPARTMENT", "area": "25"}

        async def follow(token: str) -> dict:
            url = f"{URL.replace('http', 'ws')}/ws"
            init = {"authorization": f"Bearer {token}"}
            protocols = [WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL]
            async with Client(transport=WebsocketsTransport(url, init_payload=init, subprotocols=protocols)) as session:
                stream = session.subscribe(gql("subscription { changes(types: [AGENCY]) { action key } }"))
                told = asyncio.ensure_future(anext(stream))
                await asyncio.sleep(0)
                # What is asked later on the same socket is answered later.
                await session.execute(gql("{ viewer { kind } }"))
                request = GraphQLRequest(create, variable_values={"input": agency})
                await session.execute(request)
                change = await asyncio.wait_for(told, 30)
                await stream.aclose()
                return change["changes"]

        self.assertEqual(asyncio.run(follow(self.sign_in())), {"action": "CREATED", "key": code})


if __name__ == "__main__":
    unittest.main()
