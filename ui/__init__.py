"""Everything that touches streamlit: state, controls, text in two languages, jobs, the tensor grid."""
