//! The policy, whole: who may do and see what. The committed table is what people review; a change of the policy shows there.

use lienthong::kernel::policy::{self, Action, Caller};

/// The table as it is committed.
const COMMITTED: &str = include_str!("policy.txt");

fn table() -> String {
    let row = |what: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<18}")).collect();
        format!("{what:<32}{cells}").trim_end().to_owned() + "\n"
    };
    let all = |cell: &dyn Fn(Caller) -> String| Caller::ALL.map(cell).to_vec();
    let yes = |yes: bool| if yes { "yes" } else { "-" }.to_owned();
    let mut table = row("", all(&|caller| caller.name().to_owned()));
    for action in Action::ALL {
        let may = |caller| match policy::permit(caller, action) {
            Ok(permit) => {
                assert_eq!(permit.action(), action);
                "yes".to_owned()
            }
            Err(refusal) => refusal.code.as_str().to_owned(),
        };
        table += &row(action.name(), all(&may));
    }
    table += &row("sees figures", all(&|caller| format!("{:?}", policy::scope(caller))));
    table += &row("sees details of links", all(&|caller| yes(policy::sees_link_details(caller))));
    table += &row("sees endpoints of links", all(&|caller| yes(policy::sees_endpoints(caller))));
    table
}

#[test]
fn the_committed_table_is_the_policy() {
    assert_eq!(table(), COMMITTED, "the policy changed: read the difference, then write it into tests/it/policy.txt");
}
